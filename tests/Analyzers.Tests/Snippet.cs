using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Bailiwick.Analyzers.Tests;

/// <summary>A few lines of C# as a contributor might write them, and what one of our build rules says of them.</summary>
internal static class Snippet
{
    // The product's types as the rules know them, in the smallest form: the rules look at names alone, and the real permits
    // could not be made here. AccessNamesTests holds the names against the real ones.
    private const string Product = """
        namespace Bailiwick.Grains.Abstractions.Access
        {
            public sealed record Caller(string Tenant) { public static Caller Platform() => new("management"); }
            [System.AttributeUsage(System.AttributeTargets.Method)] public sealed class RequiresAttribute(int permission) : System.Attribute { public int Permission => permission; }
            [System.AttributeUsage(System.AttributeTargets.Method)] public sealed class PlatformAttribute(string because) : System.Attribute { public string Because => because; }
        }
        namespace Bailiwick.Grains.Access
        {
            public sealed class ReadPermit;
            public sealed class WritePermit;
            public sealed class ListPermit;
        }
        """;

    private const string Usings = """
        global using System;
        global using System.Collections.Generic;
        global using System.Threading.Tasks;
        global using Orleans;
        global using Bailiwick.Grains.Abstractions.Access;
        global using Bailiwick.Grains.Access;
        """;

    private static readonly ImmutableArray<MetadataReference> References =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => !Path.GetFileName(path).StartsWith("Bailiwick.", StringComparison.Ordinal))
            .Select(path => MetadataReference.CreateFromFile(path))];

    /// <summary>
    /// The findings of one rule on a snippet, each as its id and sentence. A snippet that does not compile fails the test:
    /// a rule proves nothing on code that nobody could write.
    /// </summary>
    public static async Task<string[]> FindingsOfAsync<TAnalyzer>(string code)
        where TAnalyzer : DiagnosticAnalyzer, new()
    {
        var compilation = CSharpCompilation.Create(
            "Snippet",
            [.. new[] { Usings, Product, code }.Select(text => CSharpSyntaxTree.ParseText(text))],
            References,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
        Assert.DoesNotContain(compilation.GetDiagnostics(), diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);

        var findings = await compilation.WithAnalyzers([new TAnalyzer()]).GetAnalyzerDiagnosticsAsync();
        Assert.All(findings, finding => Assert.Equal(DiagnosticSeverity.Error, finding.Severity));
        return [.. findings.OrderBy(finding => finding.Location.SourceSpan.Start).Select(finding => $"{finding.Id}: {finding.GetMessage(null)}")];
    }
}
