/** What shows offers and objections: fetched from the deadline on, and there when they are read out. */
export { default as ObjectionsList } from "../room/ObjectionsList.vue"
export { default as OffersTable } from "../room/OffersTable.vue"
