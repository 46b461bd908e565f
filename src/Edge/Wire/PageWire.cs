namespace Bailiwick.Edge.Wire;

/// <summary>What every page of a list says besides its rows.</summary>
internal record PageWire(string Self, StatisticsWire Statistics, string? Next, string? Prev);

/// <summary>Which page this is and, where asked for, how much there is in all.</summary>
internal sealed record StatisticsWire(int CurrentPage, int PageSize, long? TotalPages, long? TotalElements)
{
    /// <summary>Of a list that is embedded whole.</summary>
    public static StatisticsWire Whole(int count) => new(1, Math.Max(count, Grains.Abstractions.Limits.PageSizeDefault), null, null);
}

/// <summary>An error in the interface's form, and of a denial the id by which those who manage users can look up why.</summary>
internal sealed record ErrorWire(string Error, string Message, string Info, string? DenialId = null);

/// <summary>An answer that holds nothing, to a client that wants a JSON document all the same.</summary>
internal sealed record NothingWire;
