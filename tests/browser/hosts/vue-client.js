import { createApp, createSSRApp } from "vue";
import App from "./App.vue";

const place = document.querySelector("#app");
const create = place.firstElementChild ? createSSRApp : createApp;
create(App, { src: place.dataset.src }).mount(place);
