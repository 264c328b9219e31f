/** Before any test: decorators write their metadata through this. */
import 'reflect-metadata';
