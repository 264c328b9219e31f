import { defineError } from './define/service-error.ts';

export const productNotFound = defineError<{ productId: string }>(
  'NOT_FOUND',
  'PRODUCT_NOT_FOUND',
  ({ productId }) => ({ message: `there is no product ${productId}`, metadata: { productId } }),
);

/** A line names a product that is not sold here. `index` counts from 0. */
export const unknownProduct = defineError<{ index: number; productId: string }>(
  'INVALID_ARGUMENT',
  'UNKNOWN_PRODUCT',
  ({ index, productId }) => {
    const message = `there is no product ${productId}`;
    return {
      message,
      violations: [{ path: `lines[${index}].productId`, rule: 'knownProduct', message }],
      metadata: { productId },
    };
  },
  { httpStatus: 422 },
);

export const outOfStock = defineError<{ productId: string; requested: number; available: number }>(
  'FAILED_PRECONDITION',
  'OUT_OF_STOCK',
  ({ productId, requested, available }) => ({
    message: `${requested} of product ${productId} requested, ${available} in stock`,
    metadata: { productId, requested: String(requested), available: String(available) },
  }),
  { httpStatus: 409 },
);
