/** What is shown of an opening once it is over, fetched then and not before. */
export { default as EndedEarly } from "./EndedEarly.vue"
export { default as TheRecord } from "./TheRecord.vue"
