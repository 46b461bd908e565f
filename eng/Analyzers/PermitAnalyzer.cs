using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Bailiwick.Analyzers;

/// <summary>
/// BW0002: a permit proves a decision of this moment. Kept in a field or property it would outlive the right behind it; sent
/// to another grain it would speak for a decision that the receiver did not make.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class PermitAnalyzer : DiagnosticAnalyzer
{
    /// <summary>The rule, one sentence with the place that keeps or sends the permit.</summary>
    public static readonly DiagnosticDescriptor Rule = new(
        "BW0002",
        "A permit is used, never kept or sent",
        "{0} must not hold a permit: demand one where it is used and pass it on as an argument",
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
        context.RegisterSymbolAction(CheckField, SymbolKind.Field);
        context.RegisterSymbolAction(CheckProperty, SymbolKind.Property);
        context.RegisterSymbolAction(CheckMethod, SymbolKind.Method);
    }

    private static void CheckField(SymbolAnalysisContext context)
    {
        var field = (IFieldSymbol)context.Symbol;
        // The field behind an automatic property is the property's to answer for.
        if (!field.IsImplicitlyDeclared && Carries(field.Type))
            Report(context, $"Field '{field.Name}'", field);
    }

    private static void CheckProperty(SymbolAnalysisContext context)
    {
        var property = (IPropertySymbol)context.Symbol;
        if (Carries(property.Type))
            Report(context, $"Property '{property.Name}'", property);
    }

    private static void CheckMethod(SymbolAnalysisContext context)
    {
        var method = (IMethodSymbol)context.Symbol;
        var ofGrain = method is { MethodKind: MethodKind.Ordinary, ContainingType: var type } && type.IsGrainInterface();
        if (ofGrain && Carries(method.ReturnType))
            Report(context, $"The result of grain method '{method.Name}'", method);
        if (!ofGrain && !IsCapturing(method))
            return;
        foreach (var parameter in method.Parameters.Where(parameter => Carries(parameter.Type)))
            Report(context, ofGrain ? $"Parameter '{parameter.Name}' of a grain method" : $"Primary constructor parameter '{parameter.Name}'", parameter);
    }

    // What a class's primary constructor takes, its methods can keep without any field in sight. A record's becomes a
    // property, which is reported as one.
    private static bool IsCapturing(IMethodSymbol method) =>
        method is { MethodKind: MethodKind.Constructor, ContainingType.IsRecord: false }
        && method.DeclaringSyntaxReferences.Any(declaration => declaration.GetSyntax() is TypeDeclarationSyntax);

    /// <summary>True for a permit and for what holds one: arrays, tuples, tasks, collections. A delegate that takes a permit holds none.</summary>
    private static bool Carries(ITypeSymbol type) => type switch
    {
        _ when type.IsPermit() => true,
        IArrayTypeSymbol array => Carries(array.ElementType),
        INamedTypeSymbol { TypeKind: TypeKind.Delegate } => false,
        INamedTypeSymbol named => named.TypeArguments.Any(Carries),
        _ => false,
    };

    private static void Report(SymbolAnalysisContext context, string place, ISymbol where) =>
        context.ReportDiagnostic(Diagnostic.Create(Rule, where.Locations[0], place));
}
