import { useState } from "react";
import "sketch-classifier";
import type {} from "sketch-classifier/react"; // the element’s types

export function App() {
  const [label, setLabel] = useState("nothing yet");
  return (
    <>
      <sketch-classifier
        src="https://example.org/site/models/mnist-softmax/latest.json"
        onpredict={({ detail }) => setLabel(detail.label)}
        onclear={() => setLabel("nothing yet")}
      />
      <p>
        The answer is: <output>{label}</output>
      </p>
    </>
  );
}
