import { MessagePage } from "@/ui/MessagePage";

/** An address that leads nowhere. */
export function NotFoundPage() {
  return (
    <MessagePage title="There is no page at this address">
      <p>
        Perhaps the link was cut off when it was copied. Please open it again from the message you
        received; it should end in a code of letters and digits.
      </p>
    </MessagePage>
  );
}
