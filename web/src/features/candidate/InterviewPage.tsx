export function InterviewPage({ interviewId }: { interviewId: string }) {
  return <main>{interviewId}</main>;
}
