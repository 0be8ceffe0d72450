export function PostingPage({ workspace, slug }: { workspace: string; slug: string }) {
  return (
    <main>
      {workspace}/{slug}
    </main>
  );
}
