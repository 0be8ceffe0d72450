import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";

import css from "./Help.module.css";

const KEYS: [string[], string][] = [
  [["Space"], "Play and pause"],
  [["←", "→"], "Previous and next answer"],
  [[",", "."], "Previous and next word"],
  [["↑", "↓"], "Previous and next question"],
  [["1", "5"], "Rate the question in focus"],
  [["s"], "Skip silences"],
  [["m"], "Mute"],
  [["?"], "This help"],
];

export function Help({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Dialog
      open={open}
      title="Keys"
      onClose={onClose}
      actions={
        <Button variant="primary" onClick={onClose}>
          Close
        </Button>
      }
    >
      <dl className={css.keys}>
        {KEYS.map(([keys, what]) => (
          <div key={what}>
            <dt>
              {keys.map((key, i) => (
                <span key={key}>
                  {i > 0 && (keys[0] === "1" ? "–" : " ")}
                  <kbd>{key}</kbd>
                </span>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <p className={css.note}>A click on a word, a quote or a block of the time line plays from there.</p>
    </Dialog>
  );
}
