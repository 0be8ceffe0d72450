import type { ApiError } from "@/api/client";
import { Button } from "@/ui/Button";
import { MessagePage } from "@/ui/MessagePage";

/** Why an interview or a posting can't be shown, in plain words. */
export function ErrorPage({
  error,
  what,
  onRetry,
}: {
  error: ApiError;
  what: "interview" | "posting";
  onRetry: () => void;
}) {
  if (error.status === 404) {
    return (
      <MessagePage title={`We can't find this ${what}`}>
        <p>
          The link may have been cut off when it was copied. Please open it again from the message
          you received, or ask the people who sent it for a new one.
        </p>
      </MessagePage>
    );
  }
  if (error.status === 410) {
    return (
      <MessagePage title={`This ${what} is closed`}>
        <p>
          Its time has passed, or it was taken down. If you think that is a mistake, please write to
          the people who invited you; they can open it again.
        </p>
      </MessagePage>
    );
  }
  return (
    <MessagePage
      title="We can't reach the interview right now"
      actions={
        <Button variant="primary" onClick={onRetry}>
          Try again
        </Button>
      }
    >
      <p>
        This is about the connection or our service, not about you. Nothing is lost; the same link
        works again in a moment.
      </p>
    </MessagePage>
  );
}
