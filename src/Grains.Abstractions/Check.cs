using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Bailiwick.Grains.Abstractions;

/// <summary>States what cannot be otherwise. A broken one is a fault of ours: the activation is dropped, nothing is written.</summary>
public static class Check
{
    public static void That([DoesNotReturnIf(false)] bool holds, [CallerArgumentExpression(nameof(holds))] string? claim = null)
    {
        if (!holds) throw new InvalidOperationException($"This must hold and does not: {claim}");
    }
}
