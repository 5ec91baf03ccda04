import { createApp } from "vue";
import App from "../../../../web/src/docs/examples/vue/App.vue";

createApp(App).mount("#app");
