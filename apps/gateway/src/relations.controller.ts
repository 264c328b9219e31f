import { Controller, Get, NotFoundException, Param } from '@nestjs/common';
import { Produces } from '@fourfold/transport/produces';
import { documentOf, HAL } from './hal.ts';
import { linkTo } from './links.ts';
import { RELATIONS } from './relations.ts';
import { routeOf } from './uris.ts';

/** `/relations`: what the relations of links mean, where their names lead (HAL, section 8.3). */
@Controller()
export class RelationsController {
  @Get(routeOf('relations'))
  @Produces(...HAL)
  list() {
    const item = Object.keys(RELATIONS).map((rel) => ({ ...linkTo('relation', { rel }), title: `shop:${rel}` }));
    return documentOf({ _links: { self: linkTo('relations'), item } });
  }

  @Get(routeOf('relation'))
  @Produces(...HAL)
  get(@Param('rel') rel: string) {
    if (!Object.hasOwn(RELATIONS, rel)) throw new NotFoundException(`there is no relation shop:${rel}`);
    const description = RELATIONS[rel as keyof typeof RELATIONS];
    const _links = { self: linkTo('relation', { rel }), collection: linkTo('relations') };
    return documentOf({ relation: `shop:${rel}`, description, _links });
  }
}
