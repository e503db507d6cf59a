/** A primitive that carries what it means, so that two strings of different meaning cannot be swapped. */
declare const meaning: unique symbol;
export type Brand<T, Name extends string> = T & { readonly [meaning]: Name };
