// Evenly: who owes whom. Each module is exported here, under the heading where a reader would look for it.

// Amounts
export { formatAmount } from './format-amount.js'

// People

// Shares

// Ledger

// Import

// Reports
