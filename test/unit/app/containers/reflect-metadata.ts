/*
 * The three functions of the metadata proposal that @peculiar/x509's container of services asks for, on own members of the target and those
 * it inherits. Imported before that library.
 */

type Key = string | symbol;

const known: WeakMap<object, Map<Key, unknown>> = new WeakMap();

const own = (key: Key, target: object): unknown => known.get(target)?.get(key);

function inherited(key: Key, target: object | null): unknown {
  for (let at = target; at !== null; at = Object.getPrototypeOf(at) as object | null) if (known.get(at)?.has(key) === true) return own(key, at);
  return undefined;
}

function define(key: Key, value: unknown, target: object): void {
  const members = known.get(target) ?? new Map<Key, unknown>();
  known.set(target, members.set(key, value));
}

Object.assign(Reflect, { getMetadata: inherited, getOwnMetadata: own, defineMetadata: define });
