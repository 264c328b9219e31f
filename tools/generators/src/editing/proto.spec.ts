import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import { describe, expect, it } from 'vitest';
import { Proto } from './proto.ts';

const proto = (text: string) => {
  const tree = createTreeWithEmptyWorkspace();
  tree.write('a.proto', text);
  const file = new Proto(tree, 'a.proto');
  const saved = () => {
    file.save();
    return tree.read('a.proto', 'utf8')!.replaceAll(/\s+/g, ' ').trim();
  };
  return { file, saved };
};

describe('a .proto file', () => {
  it.each([
    ['service S {\n  rpc A(X) returns (Y);\n}\n', 'service S { rpc A(X) returns (Y); rpc B(X) returns (Y); }'],
    [
      'service S{rpc A(X)returns(Y){option deprecated=true;}}',
      'service S{rpc A(X)returns(Y){option deprecated=true;} rpc B(X) returns (Y); }',
    ],
    ['service S {}', 'service S { rpc B(X) returns (Y); }'],
    ['// service S { }\nservice S { // }\n}', '// service S { } service S { // } rpc B(X) returns (Y); }'],
    ['service S { option (x) = "}"; }', 'service S { option (x) = "}"; rpc B(X) returns (Y); }'],
    ["service S { option (x) = '}'; }", "service S { option (x) = '}'; rpc B(X) returns (Y); }"],
    ['service A {}\nservice S {}', 'service A {} service S { rpc B(X) returns (Y); }'],
  ])('takes a method, however it is formatted: %j', (text, expected) => {
    const { file, saved } = proto(text);
    file.addMethod('S', '  rpc B(X) returns (Y);');
    expect(saved()).toBe(expected);
  });

  it('finds its messages and methods, not those in comments', () => {
    const { file } = proto(
      '// message C {}\nmessage A {}\nenum E { Z = 0; }\nservice S { rpc M (A) returns (A); /* rpc N(A) */ }',
    );
    expect(['A', 'E', 'C'].map((name) => file.declares(name))).toEqual([true, true, false]);
    expect(['M', 'N'].map((name) => file.hasMethod(name))).toEqual([true, false]);
  });

  it('refuses a method without its service', () => {
    const { file } = proto('service Other {}');
    expect(() => file.addMethod('S', 'rpc B(X) returns (Y);')).toThrow('a.proto has no service S');
  });

  it.each([
    ['rpc GetLoan(G) returns (Loan);', 'Loan'],
    ['rpc GetAvailability(G) returns (Loan); rpc GetLoan(G) returns (Loan);', 'Loan'],
    ['rpc GetMember(G) returns (Member); rpc GetLoan(G) returns (Loan);', 'Loan'],
    ['rpc GetMember(G) returns (Member); rpc GetCard(G) returns (Card);', 'Member'],
    ['// rpc GetCard(G) returns (Card);\n rpc GetStatus(G) returns (GetStatusResponse);', 'Status'],
    ['rpc Send(G) returns (Loan);', undefined],
  ])('says what can be got by its id: %s', (methods, expected) => {
    expect(proto(`service S { ${methods} }`).file.resource('Loan')).toBe(expected);
  });

  it('finds an import in either quotes', () => {
    const { file, saved } = proto("package a.v1;\nimport 'x.proto';\n");
    file.import('x.proto').import('y.proto');
    expect(saved()).toBe(`package a.v1; import 'x.proto'; import "y.proto";`);
  });

  it('imports once, after the others or the package', () => {
    const { file, saved } = proto('syntax = "proto3";\npackage a.v1;\n');
    file.import('google/protobuf/empty.proto').import('google/protobuf/empty.proto').import('x.proto');
    expect(saved()).toBe('syntax = "proto3"; package a.v1; import "google/protobuf/empty.proto"; import "x.proto";');
  });
});
