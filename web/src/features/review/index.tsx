import { MessagePage } from "@/ui/MessagePage";

/** The recruiter's pages, routed inside `/review`. */
export default function ReviewApp() {
  return <MessagePage title="Review" />;
}
