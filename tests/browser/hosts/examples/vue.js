import { createApp } from "vue";
import App from "examples/App.vue";

createApp(App).mount("#app");
