import { Component, type ReactNode } from "react";

import { Button } from "@/ui/Button";
import { MessagePage } from "@/ui/MessagePage";

/** The last resort: says so in plain words and offers the one thing that helps. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <MessagePage
        title="Something went wrong on this page"
        actions={
          <Button variant="primary" onClick={() => window.location.reload()}>
            Load the page again
          </Button>
        }
      >
        <p>It is our fault, not yours. What was said and stored before is safe.</p>
      </MessagePage>
    );
  }
}
