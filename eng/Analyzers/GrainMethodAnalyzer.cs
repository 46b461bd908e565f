using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Bailiwick.Analyzers;

/// <summary>
/// BW0001: nobody can be asked without a caller, and no method is without a declared need. The gate refuses such a call
/// when it is made; this rule refuses it when it is written.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class GrainMethodAnalyzer : DiagnosticAnalyzer
{
    /// <summary>The rule, one sentence with the method and what it lacks.</summary>
    public static readonly DiagnosticDescriptor Rule = new(
        "BW0001",
        "A grain method takes the caller first and declares its permission",
        "Grain method '{0}' must {1}",
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
        context.RegisterSymbolAction(Check, SymbolKind.NamedType);
    }

    private static void Check(SymbolAnalysisContext context)
    {
        var type = (INamedTypeSymbol)context.Symbol;
        // An observer is called by a grain, which has done its asking before it tells. What is a grain as well is no such exception.
        var ofGrain = type.DerivesFrom(AccessNames.Grain);
        if (!type.IsGrainInterface() || (!ofGrain && type.DerivesFrom(AccessNames.GrainObserver)))
            return;
        var ofService = !ofGrain && type.DerivesFrom(AccessNames.GrainService);
        foreach (var method in Methods(type))
            Report(context, method, Lack(method, ofService), method.Locations[0]);

        // What a plain interface adds becomes callable as well, and is checked nowhere but here.
        foreach (var plain in type.AllInterfaces.Where(candidate => !candidate.IsGrainInterface() && !candidate.IsOfOrleans()))
            foreach (var method in Methods(plain))
                Report(context, method, Lack(method, ofService), type.Locations[0]);
    }

    private static IEnumerable<IMethodSymbol> Methods(INamedTypeSymbol type) =>
        type.GetMembers().OfType<IMethodSymbol>().Where(method => !method.IsStatic);

    private static string? Lack(IMethodSymbol method, bool ofService)
    {
        var requires = Count(method, AccessNames.Requires);
        var platform = Count(method, AccessNames.Platform);
        // Silos talk to each other through a grain service, with no user behind the call.
        if (ofService)
            return (requires, platform) is (0, 1) ? null : "carry [Platform] alone, for it belongs to a grain service";
        if (method.Parameters.FirstOrDefault() is not { NullableAnnotation: not NullableAnnotation.Annotated } first || !first.Type.Is(AccessNames.Caller))
            return "take a Caller as its first parameter";
        return requires + platform == 1 ? null : "carry exactly one of [Requires] and [Platform]";
    }

    private static int Count(IMethodSymbol method, string attribute) =>
        method.GetAttributes().Count(candidate => candidate.AttributeClass.Is(attribute));

    private static void Report(SymbolAnalysisContext context, IMethodSymbol method, string? lack, Location location)
    {
        if (lack is not null)
            context.ReportDiagnostic(Diagnostic.Create(Rule, location, $"{method.ContainingType.Name}.{method.Name}", lack));
    }
}
