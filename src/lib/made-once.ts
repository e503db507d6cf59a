/** Exports `madeOnce`, for what belongs to an object that comes and goes. */

/** @returns what was made for this object, as long as somebody holds it */
export function madeOnce<Owner extends object, Made extends object>(
  make: (owner: Owner) => Made,
): (owner: Owner) => Made {
  const all = new WeakMap<Owner, Made>();
  return (owner) => {
    const made = all.get(owner) ?? make(owner);
    all.set(owner, made);
    return made;
  };
}
