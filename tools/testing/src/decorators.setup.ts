/** vitest's set-up file: decorators need reflect-metadata before any test is loaded. */
import 'reflect-metadata';
