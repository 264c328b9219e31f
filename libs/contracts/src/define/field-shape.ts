/** What reading must know of a field before class-transformer does. Of the rest, class-validator's decorators tell. */
export interface FieldShape {
  /** A number that need not be a safe integer. */
  isFloat?: boolean;
  /** The DTO of a message within the message, also of a repeated one. */
  dto?: () => new () => any;
  /** Keys of the sender's choice. */
  isMap?: boolean;
  /** A class with one field, which is what each value of a list or map is. */
  each?: new () => any;
}

const shapes = new WeakMap<object, Map<PropertyKey, FieldShape>>();

/** Says what a field is; what several decorators say of one field adds up. */
export const shaped =
  (shape: FieldShape): PropertyDecorator =>
  (prototype, field) => {
    const own = shapes.get(prototype) ?? new Map<PropertyKey, FieldShape>();
    shapes.set(prototype, own.set(field, { ...own.get(field), ...shape }));
  };

/** What the decorators of a field, or of the one that it overrides, say it is. */
export const shapeOf = (prototype: object | null, field: PropertyKey): FieldShape =>
  prototype ? (shapes.get(prototype)?.get(field) ?? shapeOf(Object.getPrototypeOf(prototype), field)) : {};
