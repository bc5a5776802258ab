/**
 * Three pages, each with its own entry: live (public, small), bidder and console.
 *
 * They are built in two passes. What pages share lands in chunks that all of them load, and
 * the forms' library of bidder and console wants parts of Vue that the public would then pay
 * for: so live, by `--mode live`, is built by itself, into the same folder.
 *
 * The hall serves `dist` with a strict Content-Security-Policy, so nothing is inlined: no
 * script in the page, no data: URL for an asset, no polyfill that would need either.
 */
import { resolve } from "node:path"
import vue from "@vitejs/plugin-vue"
import { defineConfig } from "vitest/config"

/** What the public page fetches when it is wanted; tests/pages.test.ts tells what belongs here. */
const LATER = new RegExp(
  "src/(?:seal|verify)/|words\\.gen|ui/reasons|" +
    "live/(?:offers|ending|LotFacts|CheckHere|EndedEarly|TheRecord|check-words|facts-words)|" +
    "room/(?:draw-say|draw-words|drawn\\.ts|draw\\.ts|DrawPanel|ObjectionsList|OffersTable)",
)

const page = (name: string) => resolve(import.meta.dirname, `${name}.html`)

export default defineConfig(({ mode }) => {
  const live = mode === "live"
  return {
    base: "/",
    plugins: [vue()],
    build: {
      outDir: "dist",
      assetsDir: "assets",
      emptyOutDir: !live,
      assetsInlineLimit: 0,
      chunkSizeWarningLimit: 1_000, // kB before compression: the forms' library
      modulePreload: { polyfill: false },
      target: "es2022",
      rollupOptions: {
        // In one file, since two that are loaded together compress worse by a kilobyte.
        ...(live && { output: { codeSplitting: { groups: [{ name: "page", test: (id: string) => !LATER.test(id) }] } } }),
        input: live
          ? { live: page("live") }
          : { bidder: page("bidder"), console: page("console") },
      },
    },
    worker: { format: "es" as const },
    define: { __VUE_OPTIONS_API__: String(!live), __VUE_PROD_DEVTOOLS__: "false" },
    test: {
      include: ["tests/**/*.test.ts"],
      environment: "node",
    },
  }
})
