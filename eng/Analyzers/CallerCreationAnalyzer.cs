using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Bailiwick.Analyzers;

/// <summary>
/// BW0003: a caller is believed wherever it arrives, so it is made in one place, from credentials that were checked there.
/// Copying one with other contents is making one.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class CallerCreationAnalyzer : DiagnosticAnalyzer
{
    /// <summary>The rule, one sentence with the type that made a caller.</summary>
    public static readonly DiagnosticDescriptor Rule = new(
        "BW0003",
        "Callers are made by sign-in alone",
        "'{0}' must not make a Caller: pass on the one you were given, or ask Caller for the one of a platform task",
        "Bailiwick.Access",
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        customTags: WellKnownDiagnosticTags.NotConfigurable);

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => [Rule];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterOperationAction(Check, OperationKind.ObjectCreation, OperationKind.With);
    }

    private static void Check(OperationAnalysisContext context)
    {
        if (!context.Operation.Type.Is(AccessNames.Caller))
            return;
        var inside = context.ContainingSymbol as INamedTypeSymbol ?? context.ContainingSymbol.ContainingType;
        for (var type = inside; type is not null; type = type.ContainingType)
        {
            if (type.Is(AccessNames.SignIn) || type.Is(AccessNames.Caller))
                return;
        }
        context.ReportDiagnostic(Diagnostic.Create(Rule, context.Operation.Syntax.GetLocation(), inside?.Name ?? context.ContainingSymbol.Name));
    }
}
