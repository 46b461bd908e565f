namespace Bailiwick.Edge.Http.Description;

/// <summary>What a client needs to know of a route beside its path: the source of the interface description, which the endpoints are held to.</summary>
/// <param name="Summary">One sentence for people.</param>
internal sealed record RouteDescription(string Summary)
{
    /// <summary>Every parameter of the query that the endpoint reads; others are passed over.</summary>
    public IReadOnlyList<QueryParameter> Query { get; init; } = [];

    /// <summary>What a request's body may be; empty for none.</summary>
    public IReadOnlyList<Shape> Takes { get; init; } = [];

    /// <summary>What the body of the answer may be; empty for none.</summary>
    public IReadOnlyList<Shape> Answers { get; init; } = [];

    public bool Reads(string parameter)
    {
        foreach (var known in Query)
            if (known.Name == parameter)
                return true;
        return false;
    }

    public bool AnswersWith(Type wire)
    {
        foreach (var shape in Answers)
            if (shape.Wire == wire)
                return true;
        return false;
    }
}

/// <summary>A document by its media type and the wire type that writes it.</summary>
internal sealed record Shape(MediaType MediaType, Type Wire)
{
    public static Shape Of<TWire>(MediaType mediaType) => new(mediaType, typeof(TWire));
}

/// <summary>The kinds of values that a parameter has.</summary>
internal enum ParameterKind : byte
{
    Text,
    Flag,
    /// <summary>A whole number.</summary>
    Number,
    /// <summary>A date, or a date and time.</summary>
    Time,
    /// <summary>Several texts: repeated, or separated by commas.</summary>
    Texts,
}

/// <summary>One parameter of a query.</summary>
internal sealed record QueryParameter(string Name, ParameterKind Kind, string Text, bool IsRequired = false);
