/** Text attributes and their properties; a missing attribute is ''. */
const TEXTS = {
  endpoint: 'endpoint',
  policy: 'policy',
  grant: 'grant',
  name: 'name',
  accept: 'accept',
  pathName: 'path-name',
};
const FLAGS = ['multiple', 'required', 'disabled'];
/** The element has its own accessors of `until`; `lang` is one of HTML. */
export const OBSERVED = [...Object.values(TEXTS), ...FLAGS, 'until', 'lang'];

/** Defines a property for each attribute, as HTML's own elements have them. */
export function defineProperties(prototype: object): void {
  const define = (name: string, accessors: PropertyDescriptor) =>
    Object.defineProperty(prototype, name, { configurable: true, enumerable: true, ...accessors });
  for (const [property, attribute] of Object.entries(TEXTS))
    define(property, {
      get(this: Element) {
        return this.getAttribute(attribute) ?? '';
      },
      set(this: Element, text: string | null | undefined) {
        if (text === null || text === undefined) this.removeAttribute(attribute);
        else this.setAttribute(attribute, text);
      },
    });
  for (const flag of FLAGS)
    define(flag, {
      get(this: Element) {
        return this.hasAttribute(flag);
      },
      set(this: Element, isSet: unknown) {
        this.toggleAttribute(flag, Boolean(isSet));
      },
    });
}

/** Sets the properties that a page set before the element was defined: they hide the accessors of the class. */
export function upgradeProperties(element: object): void {
  for (const property of [...Object.keys(TEXTS), ...FLAGS, 'until']) {
    if (!Object.hasOwn(element, property)) continue;
    const value: unknown = Reflect.get(element, property);
    Reflect.deleteProperty(element, property);
    Reflect.set(element, property, value);
  }
}
