import { lazy, Suspense } from "react";
import { Route, Switch } from "wouter";

import { InterviewPage } from "@/features/candidate/InterviewPage";
import { PostingPage } from "@/features/candidate/PostingPage";
import { Loading } from "@/ui/Loading";

import { ErrorBoundary } from "./ErrorBoundary";
import { NotFoundPage } from "./NotFoundPage";

// Candidates never download the recruiter's pages.
const ReviewApp = lazy(() => import("@/features/review"));

/** Which page stands at which address. Inside `/review` the review feature routes itself. */
export function App() {
  return (
    <ErrorBoundary>
      <Suspense fallback={<Loading label="Loading" />}>
        <Switch>
          <Route path="/review" nest>
            <ReviewApp />
          </Route>
          <Route path="/:workspace/i/:interviewId">
            {({ interviewId }) => <InterviewPage interviewId={interviewId} key={interviewId} />}
          </Route>
          <Route path="/:workspace/:slug">
            {({ workspace, slug }) => <PostingPage workspace={workspace} slug={slug} />}
          </Route>
          <Route>
            <NotFoundPage />
          </Route>
        </Switch>
      </Suspense>
    </ErrorBoundary>
  );
}
