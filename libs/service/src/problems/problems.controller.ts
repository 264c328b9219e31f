import { Controller, Get, Header, NotFoundException, Param } from '@nestjs/common';
import { pathPrefix } from '@fourfold/transport/path-prefix';
import { IfNoneMatch } from '@fourfold/transport/preconditions';
import { problemCatalogue } from '@fourfold/transport/problem-catalogue';

/** It changes with a new version of the service alone. */
const POLICY = 'public, max-age=3600';

/** `/problems`: every kind of error that this service answers, where the `type` of its problem documents leads to. */
@Controller('problems')
export class ProblemsController {
  @Get()
  @Header('cache-control', POLICY)
  list(@IfNoneMatch() cached: IfNoneMatch) {
    const problems = problemCatalogue().map((problem) => ({ type: typeOf(problem.reason), ...problem }));
    return cached.answerByDigest({ problems });
  }

  @Get(':reason')
  @Header('cache-control', POLICY)
  get(@Param('reason') reason: string, @IfNoneMatch() cached: IfNoneMatch) {
    const problem = problemCatalogue().find((one) => one.reason === reason);
    if (!problem) throw new NotFoundException(`no error has the reason ${reason}`);
    return cached.answerByDigest({ type: typeOf(reason), ...problem });
  }
}

const typeOf = (reason: string): string => `${pathPrefix()}/problems/${reason}`;
