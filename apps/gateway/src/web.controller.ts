import { Controller, Get, Header, NotFoundException, Param, Res } from '@nestjs/common';
import { IfNoneMatch } from '@fourfold/transport/preconditions';
import { Produces } from '@fourfold/transport/produces';
import type { HttpResponse } from './hal.ts';
import { routeOf } from './uris.ts';
import { WebFiles } from './web-files.ts';

/** `/web/{file}`: code on demand, the element `<shop-order>` for pages of any origin, and what the page at `/` is made of. */
@Controller()
export class WebController {
  constructor(private readonly files: WebFiles) {}

  /** Modules import one another: a cache asks whether each is still current, so that none meets those of another build. */
  @Get(routeOf('webFile'))
  @Produces()
  @Header('cache-control', 'public, no-cache')
  @Header('x-content-type-options', 'nosniff')
  getFile(
    @Param('file') name: string,
    @IfNoneMatch() cached: IfNoneMatch,
    @Res({ passthrough: true }) response: HttpResponse,
  ) {
    const file = this.files.get(name);
    if (!file) throw new NotFoundException(`there is no file ${name}`);
    response.header('Content-Type', file.type);
    return cached.answerByDigest(file.text);
  }
}
