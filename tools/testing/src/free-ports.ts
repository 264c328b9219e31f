/** For tests that close a port and open it again, or need to know it before anything listens. */
export { freePorts } from '@fourfold/system/machine/free-ports';
