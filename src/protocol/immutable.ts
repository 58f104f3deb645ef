/** A type that nobody may write through, at any depth: what is inferred from a shape is handed out as this. */
export type Immutable<T> = T extends object ? { readonly [Key in keyof T]: Immutable<T[Key]> } : T
