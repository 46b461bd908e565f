using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Bailiwick.Mutants;

/// <summary>One mistake that somebody could have made: a few words of one file, and what stands there instead.</summary>
/// <param name="InTable">Whether it is in a row of a table rather than in code.</param>
internal sealed record Mutant(string File, TextSpan Span, string Was, string Becomes, int Line, string LineText, bool InTable)
{
    public string Apply(string source) => string.Concat(source.AsSpan(0, Span.Start), Becomes, source.AsSpan(Span.End));

    /// <summary>What it is known by in the list of those that were looked at: not its line's number, which moves.</summary>
    public string Name => $"{File} | {LineText} | {OneLine(Was)} -> {OneLine(Becomes)}";

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{File}:{Line}: {OneLine(Was)}  ->  {(Becomes.Length == 0 ? "(nothing)" : OneLine(Becomes))}");

    private static string OneLine(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}

/// <summary>
/// All mistakes of known kinds in one file. What the compiler would refuse is among them: it is left out by asking the compiler.
/// </summary>
internal static class Mutator
{
    // A comparison has two neighbours: one moves its edge, the other turns it round.
    private static readonly Dictionary<SyntaxKind, string[]> Operators = new()
    {
        [SyntaxKind.AmpersandAmpersandToken] = ["||"],
        [SyntaxKind.BarBarToken] = ["&&"],
        [SyntaxKind.EqualsEqualsToken] = ["!="],
        [SyntaxKind.ExclamationEqualsToken] = ["=="],
        [SyntaxKind.LessThanToken] = ["<=", ">="],
        [SyntaxKind.LessThanEqualsToken] = ["<", ">"],
        [SyntaxKind.GreaterThanToken] = [">=", "<="],
        [SyntaxKind.GreaterThanEqualsToken] = [">", "<"],
        [SyntaxKind.PlusToken] = ["-"],
        [SyntaxKind.MinusToken] = ["+"],
        [SyntaxKind.AsteriskToken] = ["/"],
        [SyntaxKind.SlashToken] = ["*"],
        [SyntaxKind.AmpersandToken] = ["|"],
        [SyntaxKind.BarToken] = ["&"],
        [SyntaxKind.LessThanLessThanToken] = [">>"],
        [SyntaxKind.GreaterThanGreaterThanToken] = ["<<"],
        [SyntaxKind.PlusPlusToken] = ["--"],
        [SyntaxKind.MinusMinusToken] = ["++"],
        [SyntaxKind.PlusEqualsToken] = ["-="],
        [SyntaxKind.MinusEqualsToken] = ["+="],
        [SyntaxKind.BarEqualsToken] = ["&=", "="],
        [SyntaxKind.AmpersandEqualsToken] = ["|=", "="],
    };

    private static readonly Dictionary<string, string> Opposites = new()
    {
        ["Any"] = "All", ["All"] = "Any", ["First"] = "Last", ["Last"] = "First",
        // Of what there is, nothing and everything.
        ["None"] = "Whole", ["Whole"] = "None",
    };

    // Of these any value may stand where another was meant.
    private static readonly string[] Enums = ["Rule", "ScopeKind", "GrantScope", "GrantLevel", "GrantKinds", "Authority", "PlatformTask"];

    /// <summary>The mutants of one file, in the order of its text.</summary>
    /// <param name="enumerators">The members of each enum, by its name.</param>
    public static IEnumerable<Mutant> Of(string file, SyntaxTree tree, IReadOnlyDictionary<string, string[]> enumerators)
    {
        var text = tree.GetText();
        foreach (var node in tree.GetRoot().DescendantNodes(node => node is not (AttributeListSyntax or EnumDeclarationSyntax)))
            foreach (var (span, becomes) in Changes(node, enumerators).DistinctBy(change => (change.Span, change.Becomes)))
            {
                var was = text.ToString(span);
                if (was == becomes) continue;
                var line = text.Lines.GetLineFromPosition(span.Start);
                yield return new(file, span, was, becomes, line.LineNumber + 1, line.ToString().Trim(), IsInTable(node));
            }
    }

    /// <summary>The names of the members of the enums in a file.</summary>
    public static IEnumerable<(string Enum, string[] Members)> Enumerators(SyntaxTree tree) => tree.GetRoot().DescendantNodes()
        .OfType<EnumDeclarationSyntax>().Select(declared => (declared.Identifier.Text, declared.Members.Select(member => member.Identifier.Text).ToArray()));

    private static bool IsInTable(SyntaxNode node) =>
        node.Ancestors().OfType<FieldDeclarationSyntax>().Any(field => field.Declaration.Type.ToString().Contains("Dictionary", StringComparison.Ordinal));

    private static IEnumerable<(TextSpan Span, string Becomes)> Changes(SyntaxNode node, IReadOnlyDictionary<string, string[]> enumerators) => node switch
    {
        BinaryExpressionSyntax binary => Instead(binary.OperatorToken),
        AssignmentExpressionSyntax assignment => Instead(assignment.OperatorToken),
        PostfixUnaryExpressionSyntax postfix => Instead(postfix.OperatorToken),
        PrefixUnaryExpressionSyntax prefix => [.. Instead(prefix.OperatorToken), (prefix.Span, prefix.Operand.ToString())],
        UnaryPatternSyntax not => [(not.Span, not.Pattern.ToString())],
        IsPatternExpressionSyntax { Pattern: not UnaryPatternSyntax } matches => [(matches.Pattern.Span, $"not {matches.Pattern}")],
        LiteralExpressionSyntax literal => Literals(literal),
        ConditionalExpressionSyntax either => [(either.Span, $"({either.WhenTrue})"), (either.Span, $"({either.WhenFalse})")],
        IfStatementSyntax { Else: null } guard => [.. Gone(guard), (guard.Span, guard.Statement.ToString())],
        IfStatementSyntax guard => [(guard.Span, guard.Statement.ToString()), (guard.Span, guard.Else!.Statement.ToString())],
        ExpressionStatementSyntax or BreakStatementSyntax or ContinueStatementSyntax or CommonForEachStatementSyntax or ForStatementSyntax or WhileStatementSyntax
            or ReturnStatementSyntax { Expression: null } => Gone((StatementSyntax)node),
        InvocationExpressionSyntax call => Calls(call),
        MemberAccessExpressionSyntax member => Members(member, enumerators),
        IdentifierNameSyntax { Parent: ReturnStatementSyntax or ConditionalExpressionSyntax or ArrowExpressionClauseSyntax } name when Opposites.TryGetValue(name.ToString(), out var opposite) => [(name.Span, opposite)],
        _ => [],
    };

    // What is all that a condition or a loop does goes with it.
    private static IEnumerable<(TextSpan, string)> Gone(StatementSyntax statement) => statement.Parent is BlockSyntax ? [(statement.Span, "{ }")] : [];

    private static IEnumerable<(TextSpan, string)> Instead(SyntaxToken token) =>
        Operators.GetValueOrDefault(token.Kind(), []).Select(other => (token.Span, other));

    private static IEnumerable<(TextSpan, string)> Literals(LiteralExpressionSyntax literal) => literal.Token.Value switch
    {
        true => [(literal.Span, "false")],
        false => [(literal.Span, "true")],
        int number => [(literal.Span, (number == 1 ? 0 : number + 1).ToString(CultureInfo.InvariantCulture))],
        ulong number => [(literal.Span, string.Create(CultureInfo.InvariantCulture, $"{(number == 1 ? 0 : number + 1)}ul"))],
        _ => [],
    };

    // The call left out, its opposite, and in a table one of its arguments left out: elsewhere a compiler sees that.
    private static IEnumerable<(TextSpan, string)> Calls(InvocationExpressionSyntax call)
    {
        var arguments = call.ArgumentList.Arguments;
        if (call.Expression is MemberAccessExpressionSyntax method)
        {
            yield return (TextSpan.FromBounds(method.OperatorToken.SpanStart, call.Span.End), "");
            if (Opposites.TryGetValue(method.Name.Identifier.Text, out var opposite)) yield return (method.Name.Span, opposite);
        }
        if (arguments.Count > 1 && IsInTable(call))
            foreach (var left in arguments)
                yield return (call.ArgumentList.Span, $"({string.Join(", ", arguments.Where(argument => argument != left))})");
    }

    private static IEnumerable<(TextSpan, string)> Members(MemberAccessExpressionSyntax member, IReadOnlyDictionary<string, string[]> enumerators)
    {
        var (of, name) = (member.Expression.ToString(), member.Name.Identifier.Text);
        if (Enums.Contains(of) && enumerators.TryGetValue(of, out var members) && Array.IndexOf(members, name) is >= 0 and var at)
            yield return (member.Name.Span, members[(at + 1) % members.Length]);
        if (of == "Coverage" && Opposites.TryGetValue(name, out var opposite)) yield return (member.Name.Span, opposite);
        if (of.EndsWith("Scope", StringComparison.Ordinal) && name is "None" or "All") yield return (member.Name.Span, name == "None" ? "All" : "None");
    }
}
