namespace Bailiwick.Grains.Abstractions;

/// <summary>The one name under which every part of the platform measures itself: meters, and sources of spans.</summary>
public static class Instruments
{
    public const string Name = "Bailiwick";
}
