import { Controller, Get, Header, NotFoundException, Param } from '@nestjs/common';
import { IfNoneMatch } from '@fourfold/transport/preconditions';
import { Produces } from '@fourfold/transport/produces';
import { documentOf, HAL } from './hal.ts';
import { linkTo } from './links.ts';
import { RELATIONS } from './relations.ts';
import { routeOf } from './uris.ts';

/** They change with a new version of the gateway alone. */
const POLICY = 'public, max-age=3600';

/** `/relations`: what the relations of links mean, where their names lead (HAL, section 8.3). */
@Controller()
export class RelationsController {
  @Get(routeOf('relations'))
  @Produces(...HAL)
  @Header('cache-control', POLICY)
  list(@IfNoneMatch() cached: IfNoneMatch) {
    const item = Object.keys(RELATIONS).map((rel) => ({ ...linkTo('relation', { rel }), title: `shop:${rel}` }));
    return cached.answerByDigest(documentOf({ _links: { self: linkTo('relations'), item } }));
  }

  @Get(routeOf('relation'))
  @Produces(...HAL)
  @Header('cache-control', POLICY)
  get(@Param('rel') rel: string, @IfNoneMatch() cached: IfNoneMatch) {
    if (!Object.hasOwn(RELATIONS, rel)) throw new NotFoundException(`there is no relation shop:${rel}`);
    const description = RELATIONS[rel as keyof typeof RELATIONS];
    const _links = { self: linkTo('relation', { rel }), collection: linkTo('relations') };
    return cached.answerByDigest(documentOf({ relation: `shop:${rel}`, description, _links }));
  }
}
