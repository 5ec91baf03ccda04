// An application of a stranger, with the component of embed.html in it as it is printed.
import { StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
import { App } from "../../../../web/src/docs/examples/react/App.tsx";

const TABS = ["Lessons", "Try it", "Marks"];

function Dashboard() {
  const [tab, setTab] = useState("Try it");
  return (
    <div className="app">
      <nav>
        {TABS.map((name) => (
          <button key={name} aria-current={name === tab} onClick={() => setTab(name)}>
            {name}
          </button>
        ))}
      </nav>
      <section className="card">
        <h2>{tab}</h2>
        {tab === "Try it" ? <App /> : <p>Nothing here yet.</p>}
      </section>
      <aside className="card">
        <h2>Progress</h2>
        <progress value="3" max="10" />
      </aside>
    </div>
  );
}

createRoot(document.querySelector("#app")).render(
  <StrictMode>
    <Dashboard />
  </StrictMode>,
);
