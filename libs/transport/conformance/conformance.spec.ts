import { conformanceSuite } from './conformance.suite.ts';
import { openGrpc } from './drivers/grpc.driver.ts';
import { openHttp } from './drivers/http.driver.ts';

conformanceSuite('http', { open: openHttp });
conformanceSuite('grpc', { open: openGrpc });
