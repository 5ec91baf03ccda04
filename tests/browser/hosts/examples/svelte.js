import { mount } from "svelte";
import App from "../../../../web/src/docs/examples/svelte/App.svelte";

mount(App, { target: document.querySelector("#app") });
