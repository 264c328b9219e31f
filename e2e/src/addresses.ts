import type { Addresses } from '@fourfold/system/system';
import { inject } from 'vitest';

declare module 'vitest' {
  export interface ProvidedContext {
    addresses: Addresses;
    mains: Record<string, string>;
  }
}

/** Where the servers and the apps of this run listen. */
export const addresses = (): Addresses => inject('addresses');
/** `http://127.0.0.1:3000` */
export const origin = (app: string): string => `http://127.0.0.1:${addresses().apps[app]!.http}`;
/** `127.0.0.1:50051` */
export const grpcTarget = (app: string): string => `127.0.0.1:${addresses().apps[app]!.grpc}`;
/** The file that the process of an app runs. */
export const mainOf = (app: string): string => inject('mains')[app]!;
