// A React page that has the element: see examples.test.ts.
import { useState } from "react";
import "sketch-classifier";

/** React 19 hears custom events by their names; but not those of an element that a server has rendered: a ref hears both. */
const listening = (isFromServer, hear) =>
  isFromServer
    ? {
        ref: (element) => {
          element.addEventListener("predict", hear);
          return () => element.removeEventListener("predict", hear);
        },
      }
    : { onpredict: hear };

export function App({ src, isFromServer }) {
  const [label, setLabel] = useState("nothing");
  const [shown, setShown] = useState(true);
  const [more, setMore] = useState(false);
  return (
    <main>
      <button id="show" onClick={() => setShown(!shown)}>
        Show
      </button>
      <button id="more" onClick={() => setMore(!more)}>
        More
      </button>
      {shown && (
        <sketch-classifier
          src={src}
          explain={more}
          theme={more ? "dark" : undefined}
          texts='{ "undo": "Back" }'
          {...listening(isFromServer, ({ detail }) => setLabel(detail.label))}
        />
      )}
      <output>{label}</output>
    </main>
  );
}
