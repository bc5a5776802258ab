/**
 * Three pages, each with its own entry: live (public, small), bidder and console.
 *
 * The hall serves `dist` with a strict Content-Security-Policy, so nothing is inlined: no
 * script in the page, no data: URL for an asset, no polyfill that would need either.
 */
import { resolve } from "node:path"
import vue from "@vitejs/plugin-vue"
import { defineConfig } from "vitest/config"

const page = (name: string) => resolve(import.meta.dirname, `${name}.html`)

export default defineConfig({
  base: "/",
  plugins: [vue()],
  build: {
    outDir: "dist",
    assetsDir: "assets",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
    rollupOptions: {
      input: { live: page("live"), bidder: page("bidder"), console: page("console") },
    },
  },
  worker: { format: "es" },
  define: { __VUE_OPTIONS_API__: "true", __VUE_PROD_DEVTOOLS__: "false" },
  test: {
    include: ["tests/**/*.test.ts"],
    environment: "node",
  },
})
