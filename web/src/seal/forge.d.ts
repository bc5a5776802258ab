/** node-forge by its parts: all of it would weigh three times as much, and its types know only the whole. */
declare module "node-forge/lib/forge.js" {
  import forge from "node-forge"
  export default forge
}
declare module "node-forge/lib/*.js" {}
