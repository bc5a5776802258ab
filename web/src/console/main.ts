/** Where the console page begins. */
import "../ui/tokens.css"
import "../ui/reasons.ts"
import "./console.css"
import { createApp } from "vue"
import App from "./App.vue"

createApp(App).mount("#app")
