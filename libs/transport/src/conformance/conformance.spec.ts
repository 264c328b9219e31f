import { conformanceSuite } from './conformance.suite.ts';
import { openGrpc } from './grpc.driver.ts';
import { openHttp } from './http.driver.ts';

conformanceSuite('http', { open: openHttp });
conformanceSuite('grpc', { open: openGrpc });
