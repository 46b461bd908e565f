using Microsoft.CodeAnalysis;

namespace Bailiwick.Analyzers;

/// <summary>
/// The types that the rules watch, by full name: the analyzers are built before the product and cannot refer to it.
/// A test fails when the product no longer declares one of ours under its name here, since a rule that watches a name
/// nobody has would be silent.
/// </summary>
public static class AccessNames
{
    /// <summary>Who asks: the first argument of every grain method.</summary>
    public const string Caller = "Bailiwick.Grains.Abstractions.Access.Caller";

    /// <summary>The attribute with the permission that a grain method needs.</summary>
    public const string Requires = "Bailiwick.Grains.Abstractions.Access.RequiresAttribute";

    /// <summary>The attribute of a grain method that only the platform itself calls.</summary>
    public const string Platform = "Bailiwick.Grains.Abstractions.Access.PlatformAttribute";

    /// <summary>The proof that reading was allowed.</summary>
    public const string ReadPermit = "Bailiwick.Grains.Access.ReadPermit";

    /// <summary>The proof that writing was allowed.</summary>
    public const string WritePermit = "Bailiwick.Grains.Access.WritePermit";

    /// <summary>The proof of what a list may show.</summary>
    public const string ListPermit = "Bailiwick.Grains.Access.ListPermit";

    /// <summary>The one type of the Edge that turns credentials into a caller.</summary>
    public const string SignIn = "Bailiwick.Edge.SignIn";

    internal const string Addressable = "Orleans.Runtime.IAddressable";
    internal const string Grain = "Orleans.IGrain";
    internal const string GrainService = "Orleans.Services.IGrainService";
    internal const string GrainObserver = "Orleans.IGrainObserver";

    /// <summary>Every name whose loss would silence a rule, for the test that they exist. Without sign-in, BW0003 speaks up by itself.</summary>
    public static IReadOnlyList<string> OfTheProduct { get; } = [Caller, Requires, Platform, ReadPermit, WritePermit, ListPermit];

    internal static bool Is(this ITypeSymbol? type, string fullName) =>
        type is not null && type.OriginalDefinition.ToDisplayString() == fullName;

    internal static bool IsPermit(this ITypeSymbol? type) => type.Is(ReadPermit) || type.Is(WritePermit) || type.Is(ListPermit);

    /// <summary>True for an interface whose methods Orleans turns into calls between grains, silos or clients.</summary>
    internal static bool IsGrainInterface(this INamedTypeSymbol type) =>
        type.TypeKind == TypeKind.Interface && (type.Is(Addressable) || type.DerivesFrom(Addressable));

    internal static bool DerivesFrom(this INamedTypeSymbol type, string interfaceName) =>
        type.AllInterfaces.Any(candidate => candidate.Is(interfaceName));

    /// <summary>True for what the Orleans libraries declare: their own calls do not pass our gate's declaration.</summary>
    internal static bool IsOfOrleans(this INamedTypeSymbol type)
    {
        var root = type.ContainingNamespace;
        while (root is { IsGlobalNamespace: false, ContainingNamespace.IsGlobalNamespace: false })
            root = root.ContainingNamespace;
        return root is { Name: "Orleans" };
    }
}
