import type { Addresses } from '@fourfold/system/system';
import { inject } from 'vitest';

declare module 'vitest' {
  export interface ProvidedContext {
    addresses: Addresses;
  }
}

/** Where everything is in this run. */
export const addresses = (): Addresses => inject('addresses');
/** The origin of an app's HTTP side. */
export const origin = (app: string): string => `http://127.0.0.1:${addresses().apps[app]!.http}`;
/** The gRPC side of an app. */
export const grpcTarget = (app: string): string => `127.0.0.1:${addresses().apps[app]!.grpc}`;
