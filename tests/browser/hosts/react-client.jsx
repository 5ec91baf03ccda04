import { StrictMode } from "react";
import { createRoot, hydrateRoot } from "react-dom/client";
import { App } from "./App.jsx";

const place = document.querySelector("#app");
const isFromServer = place.firstElementChild !== null;
const app = (
  <StrictMode>
    <App src={place.dataset.src} isFromServer={isFromServer} />
  </StrictMode>
);
if (isFromServer) hydrateRoot(place, app);
else createRoot(place).render(app);
