using Bailiwick.Mutants;
using Microsoft.CodeAnalysis.CSharp;

namespace Bailiwick.Analyzers.Tests;

/// <summary>Which mistakes are made in code, so that its tests can be asked to find them.</summary>
public sealed class MutatorTests
{
    private const string Enums = "enum Rule { No, Yes }";

    private static string Around(string member) => $"{Enums}\nclass Thing\n{{\n    {member}\n}}";

    private static List<Mutant> In(string member)
    {
        var tree = CSharpSyntaxTree.ParseText(Around(member), cancellationToken: TestContext.Current.CancellationToken);
        return [.. Mutator.Of("Thing.cs", tree, Mutator.Enumerators(tree).ToDictionary(one => one.Enum, one => one.Members))];
    }

    [Theory]
    [InlineData("bool Is(bool a, bool b) => a && b;", "&& -> ||")]
    [InlineData("bool Is(int a, int b) => a < b;", "< -> <=", "< -> >=")]
    [InlineData("bool Is(object? a) => a is not null;", "not null -> null")]
    [InlineData("bool Is(bool a) => !a;", "!a -> a")]
    [InlineData("string Say(bool a) => a ? b : c;", "a ? b : c -> (b)", "a ? b : c -> (c)")]
    [InlineData("Rule Say() => Rule.No;", "No -> Yes")]
    [InlineData("void Do(bool a) { if (a) return; }", "if (a) return; -> { }", "if (a) return; -> return;")]
    [InlineData("void Do() { Go(); }", "Go(); -> { }")]
    [InlineData("bool Is(int[] a) => a.Any();", ".Any() -> ", "Any -> All")]
    [InlineData("int Count() => 1;", "1 -> 0")]
    [InlineData("int Bits(int a, int b) => a | b << 2;", "| -> &", "<< -> >>", "2 -> 3")]
    public void Each_kind_of_mistake_is_made(string member, params string[] mistakes) =>
        Assert.Equal(mistakes, In(member).Select(mutant => $"{mutant.Was} -> {mutant.Becomes}"));

    [Fact]
    public void A_mistake_changes_what_it_names_and_nothing_else()
    {
        var mutant = Assert.Single(In("bool Is(bool a, bool b) => a && b;"));
        Assert.Equal(Around("bool Is(bool a, bool b) => a || b;"), mutant.Apply(Around("bool Is(bool a, bool b) => a && b;")));
        Assert.Equal((4, "bool Is(bool a, bool b) => a && b;", false), (mutant.Line, mutant.LineText, mutant.InTable));
    }

    [Fact]
    public void In_a_table_a_word_of_a_row_is_left_out_too()
    {
        var left = In("static readonly Dictionary<int, Row> Table = new() { [1] = Held(Rule.No, Rule.Yes) };");
        Assert.All(left, mutant => Assert.True(mutant.InTable));
        Assert.Contains(left, mutant => mutant.Becomes == "(Rule.Yes)");
        Assert.Contains(left, mutant => mutant.Becomes == "(Rule.No)");
    }

    [Fact]
    public void What_is_not_code_is_left_alone() => Assert.Empty(In("[Id(1)] int Bits { get; }"));
}
