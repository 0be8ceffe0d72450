import { Route, Switch } from "wouter";

import { InterviewPage } from "./interview/InterviewPage";
import { PostingPage } from "./postings/PostingPage";
import { PostingsPage } from "./postings/PostingsPage";
import { SessionGate } from "./session/SessionGate";
import { Shell } from "./ui/Shell";
import { StatePanel } from "./ui/StatePage";

/** The recruiter's pages, routed inside `/review`. */
export default function ReviewApp() {
  return (
    <SessionGate>
      <Switch>
        <Route path="/">
          <PostingsPage />
        </Route>
        <Route path="/postings/:id/questions">
          {({ id }) => <PostingPage id={id} key={id} section="questions" />}
        </Route>
        <Route path="/postings/:id">
          {({ id }) => <PostingPage id={id} key={id} section="candidates" />}
        </Route>
        <Route path="/interviews/:id">{({ id }) => <InterviewPage id={id} key={id} />}</Route>
        <Route>
          <Shell title="Not found" crumbs={[{ label: "Postings", href: "/" }, { label: "Not found" }]}>
            <h1 className="visually-hidden">Not found</h1>
            <StatePanel title="There is no page at this address">
              <p>Perhaps the address was cut off. Start from the list of postings.</p>
            </StatePanel>
          </Shell>
        </Route>
      </Switch>
    </SessionGate>
  );
}
