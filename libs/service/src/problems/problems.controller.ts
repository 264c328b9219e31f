import { Controller, Get, NotFoundException, Param } from '@nestjs/common';
import { problemCatalogue } from '@fourfold/transport/problem-catalogue';

/** `/problems`: every kind of error that this service answers, where the `type` of its problem documents leads to. */
@Controller('problems')
export class ProblemsController {
  @Get()
  list() {
    return { problems: problemCatalogue().map((problem) => ({ type: `/problems/${problem.reason}`, ...problem })) };
  }

  @Get(':reason')
  get(@Param('reason') reason: string) {
    const problem = problemCatalogue().find((one) => one.reason === reason);
    if (!problem) throw new NotFoundException(`no error has the reason ${reason}`);
    return { type: `/problems/${reason}`, ...problem };
  }
}
