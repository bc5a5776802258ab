/** Where the bidder page begins. */
import "../ui/tokens.css"
import "../ui/reasons.ts"
import { createApp } from "vue"
import App from "./App.vue"

createApp(App).mount("#app")
