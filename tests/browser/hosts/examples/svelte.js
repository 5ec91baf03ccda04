import { mount } from "svelte";
import App from "examples/App.svelte";

mount(App, { target: document.querySelector("#app") });
